"""What pages are built from, one subject a module, and the app's only way to the browser.

Pages import these modules and nothing of PyScript, Pyodide or JavaScript themselves, so that a
change there ends here.
"""
