"""Starts the app: routes lead to pages, by the table in pages/__init__.py.

To add a page, write pages/<route>.py with a function mount(root, handlers), and give it a line in
that table. It is fetched when a visitor first opens it.
"""

import pages
from patterns.dom import find
from patterns.route import Router

router = Router(pages, outlet=find("#page"), navigation=find("#navigation"))
router.start()
