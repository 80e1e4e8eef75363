"""Every statement of the store, in the SQL that SQLite and PostgreSQL share.

`?` stands for a value and `:rows` for as many rows of values as are given. SQLite, which locks the whole database, is
not told `FOR UPDATE`.
"""

NEW_ENTRY = """
INSERT INTO ids (client, id, phase, content, state, attempt, lease_ms, reserved, claims, is_under_review, result)
VALUES (?, ?, 'PENDING', '{}', '', 0, 0, 0, 0, 0, ?) ON CONFLICT DO NOTHING
"""

LOCK_ENTRY = """
SELECT phase, content, state, attempt, lease_ms, reserved, expires_ms, claims, is_under_review, result
FROM ids WHERE client = ? AND id = ? FOR UPDATE
"""

PUT_ENTRY = """
UPDATE ids SET phase = ?, content = ?, state = ?, attempt = ?, lease_ms = ?, reserved = ?, expires_ms = ?, claims = ?,
    is_under_review = ?, result = ?
WHERE client = ? AND id = ?
"""

NEW_RESOURCES = "INSERT INTO resources (kind, key, fact) VALUES :rows ON CONFLICT DO NOTHING"

LOCK_RESOURCES = """
SELECT kind, key, fact FROM resources WHERE (kind, key) IN (VALUES :rows) ORDER BY kind, key FOR UPDATE
"""

PUT_FACTS = """
INSERT INTO resources (kind, key, fact) VALUES :rows ON CONFLICT (kind, key) DO UPDATE SET fact = excluded.fact
"""

CLAIMS_OF_ID = """
SELECT kind, key, client, id, at_ms, expires_ms, version, amounts FROM claims
WHERE client = ? AND id = ? ORDER BY kind, key
"""

CLAIMS_ON_RESOURCES = """
SELECT kind, key, client, id, at_ms, expires_ms, version, amounts FROM claims
WHERE (kind, key) IN (VALUES :rows) ORDER BY at_ms, client, id
"""

PUT_CLAIMS = """
INSERT INTO claims (kind, key, client, id, at_ms, expires_ms, version, amounts) VALUES :rows
ON CONFLICT (kind, key, client, id) DO UPDATE SET at_ms = excluded.at_ms, expires_ms = excluded.expires_ms,
    version = excluded.version, amounts = excluded.amounts
"""

DROP_CLAIMS = "DELETE FROM claims WHERE (kind, key, client, id) IN (VALUES :rows)"

APPLIED = "SELECT number, name, digest, applied_ms FROM aethel_schema ORDER BY number"

RECORD_APPLIED = "INSERT INTO aethel_schema (number, name, digest, applied_ms) VALUES (?, ?, ?, ?)"
