-- SQLite only: the index of words. Names, tags and texts come as words already, in lower case.
CREATE VIRTUAL TABLE repo_words USING fts5 (
  name, tags, body, content = '', contentless_delete = 1, prefix = '2 3', tokenize = "unicode61 remove_diacritics 0"
);
