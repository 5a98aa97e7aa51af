"""What AI agents get of pyst: tools, resources and skills made of scripts; the MCP server."""
