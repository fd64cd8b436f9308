"""What projects remember, above the store: reads are counted, what has expired is deleted, what fits a question is
recalled."""

from segued.memory.notebook import ProjectNotebook
from segued.memory.project_memories import ProjectMemories
from segued.memory.search import Search

__all__ = ["ProjectMemories", "ProjectNotebook", "Search"]
