"""What runs under draws and over plans say to somebody who must decide: what to find out, when a policy fails."""
