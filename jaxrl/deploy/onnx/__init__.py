"""A bot as one ONNX file, traced from the code that training used."""
