"""Folders of results: written by ``--out`` and by sweeps, and read again for figures, reports and the dashboard.

What is read back are the objects that the commands print, so that a number has one way to whoever shows it. The
files are imported by name: reading needs pandas, and the command line's help need not wait for it.
"""
