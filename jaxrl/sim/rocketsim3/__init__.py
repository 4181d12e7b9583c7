"""RocketSim 3, in Rust: its arenas are stepped by native threads of this process (package `native/`)."""
