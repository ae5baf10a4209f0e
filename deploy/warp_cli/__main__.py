import sys

from warp_cli import cli

sys.exit(cli.main(sys.argv[1:]))
