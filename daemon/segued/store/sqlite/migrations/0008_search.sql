-- One full-text index over messages and over the present versions of memories, by their numbers. It keeps no text: what
-- is taken out of it must be named. Beside the words of a text a row has codes of where it belongs: see fulltext.py.
DROP TABLE words;
DROP TABLE trigrams;
DROP TABLE memory_words;
DROP TABLE memory_trigrams;
DROP VIEW memory_texts;
DROP TABLE memories_indexed;
CREATE VIRTUAL TABLE words USING fts5 (
    content, content = '', tokenize = 'porter unicode61 remove_diacritics 2'
);

-- Every word of three letters or more, in how many messages and memories it is, and by its parts.
CREATE TABLE terms (
    number INTEGER PRIMARY KEY,
    term   TEXT NOT NULL UNIQUE,
    uses   INTEGER NOT NULL
) STRICT;
CREATE VIRTUAL TABLE term_trigrams USING fts5 (
    term, content = 'terms', content_rowid = 'number', tokenize = 'trigram'
);

-- The index holds what is up to and including `indexed.number`; the rest is added when there is time.
UPDATE indexed SET number = 0;

-- What a message or a present version of a memory means, to an embedding model: float32, of length 1.
CREATE TABLE vectors (
    number INTEGER PRIMARY KEY,
    model  TEXT NOT NULL,
    vector BLOB NOT NULL
) STRICT;
