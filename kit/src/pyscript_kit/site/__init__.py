"""From the app and its runtime to `dist/`: a site for any static host, or one document."""
