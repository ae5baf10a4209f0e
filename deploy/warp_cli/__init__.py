"""The commands behind ./warp: Python standard library only, one job a module."""
