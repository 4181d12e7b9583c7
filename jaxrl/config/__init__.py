"""From YAML files to a frozen, typed, validated `Config`, or one clear line that says what is wrong."""
