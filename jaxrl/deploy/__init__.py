"""A bot for others to run: a folder for RLBot v5, or one ONNX file."""
