"""How a host sets the extension up."""
