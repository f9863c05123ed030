"""The dashboard: studies in folders, made by processes of their own, and the page that shows them.

``studies`` keeps and starts them, ``worker`` makes their runs; ``request``, ``levers``, ``single_cases`` and
``downloads`` say what is shown. These know nothing of Streamlit. ``page``, ``controls``, ``views`` and
``widgets`` show and compute nothing.
"""
