"""The script that Streamlit runs, once for each visit and each change on the page."""

from referral_sim.dashboard.page import show

show()
