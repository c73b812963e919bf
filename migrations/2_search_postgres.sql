-- Postgres only: the index of words. Names weigh A, tags B, texts D.
CREATE TABLE repo_words (
  n BIGINT NOT NULL PRIMARY KEY,
  words TSVECTOR NOT NULL
);
CREATE INDEX repo_words_words ON repo_words USING GIN (words);
