"""What `pyscript dev` and `pyscript preview` are made of: both serve files on the loopback
interface, and the first one follows what is saved."""
