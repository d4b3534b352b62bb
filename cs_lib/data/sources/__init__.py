"""Where tables come from: delivered files, or the simulated desk."""
