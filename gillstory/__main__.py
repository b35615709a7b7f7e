"""python -m gillstory: the same as the command gillstory."""

from gillstory.cli import main

if __name__ == "__main__":
    main(prog_name="gillstory")
