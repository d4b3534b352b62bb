"""One notebook in one kernel: started, watched, judged, and gone for certain."""
