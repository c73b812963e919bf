-- Postgres only: three definitions that let one SQL text serve both databases.
-- `clob` sorts in byte order, as SQLite does; `blob` is bytes; `json_each` lists a JSON array as SQLite's does.
CREATE DOMAIN clob AS TEXT COLLATE "C";
CREATE DOMAIN blob AS BYTEA;
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value JSON)
  LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT json_array_elements(list::JSON)';
