"""A process that draws as nobody should: it takes orders and says nothing, or it dies at once."""

import sys
import time

if __name__ == "__main__":
    if "mute" in sys.argv[2]:
        time.sleep(60)
    sys.exit("out of paint")
