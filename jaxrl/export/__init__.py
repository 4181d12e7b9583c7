"""A bot for others to run: a folder for RLBot, or one ONNX file."""
