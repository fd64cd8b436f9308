"""The contract, the client and every front-end of Segue."""

__version__ = "0.1.0"
