"""``python -m referral_sim`` is the command ``referral-sim``."""

from .cli import main

if __name__ == "__main__":
    main()
