"""What makes the pictures and folders that are shipped."""
