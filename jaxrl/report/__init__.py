"""What a run shows: TensorBoard, progress bar, banner."""
