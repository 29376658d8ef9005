"""What turns the package into a course: the doctor that examines the reader's machine."""
