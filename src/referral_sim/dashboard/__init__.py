"""The dashboard: studies in folders, made by processes of their own, and the page that shows them.

``studies`` keeps and starts them, ``worker`` makes their runs, ``archive`` makes one file of a study; ``request``,
``uploads``, ``levers``, ``answer``, ``changed_families`` and ``downloads`` say what is asked and shown. These know
nothing of Streamlit. ``page``, ``controls``, ``saved``, ``views``, ``charts`` and ``widgets`` show and compute nothing.
"""
