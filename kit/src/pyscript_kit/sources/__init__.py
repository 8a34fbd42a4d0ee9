"""Where the files of a runtime come from: the user's cache, the public CDN, then npm and pip.
Whatever the source, a file is right when it has the hash that the lock says."""
