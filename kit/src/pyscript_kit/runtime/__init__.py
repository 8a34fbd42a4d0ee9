"""From a lock to `app/runtime/`: files fetched and verified, what it starts sooner from, and one
rename that puts all of it in place."""
