"""The dashboard: studies in folders, made by processes of their own, and the page that shows them.

``studies`` keeps and starts them, ``making`` makes their runs, ``levers``, ``tables``, ``cases`` and ``files`` say what
is shown; these know nothing of Streamlit. ``page`` and the modules beside it show and compute nothing.
"""
