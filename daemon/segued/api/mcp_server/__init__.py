"""Segue as an MCP server: tools and resources over what the API does, for agents that speak MCP. `door.py` stands in
front of the SDK, which is imported when the first of them comes."""
