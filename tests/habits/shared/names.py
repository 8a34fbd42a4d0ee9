"""What several apps share, in a folder that the app links to."""

TITLE = "Größen & Einheiten"
AROUND = 20.0
