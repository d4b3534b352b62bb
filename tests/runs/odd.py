"""What can stand in the place of a file and is none."""

import os

NO_FILES = {
    "folder": lambda path: path.mkdir(),
    "loop": lambda path: path.symlink_to(path),
    "pipe": os.mkfifo,
}
