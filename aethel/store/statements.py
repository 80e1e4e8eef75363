"""Every statement of the store, in the SQL that SQLite and PostgreSQL share.

`?` stands for a value and `:rows(…)` for as many rows of values of these types as are given. SQLite, which locks the
whole database, is not told `FOR UPDATE`.
"""

ROWS_OF_ARRAYS = "SELECT * FROM unnest(:columns)"

NEW_ENTRIES = """
INSERT INTO ids (client, id, phase, content, state, attempt, lease_ms, reserved, expires_ms, claims, is_under_review,
    result)
:rows(text, text, text, text, text, number, number, number, number, number, number, bytes) ON CONFLICT DO NOTHING
"""

LOCK_ENTRIES = """
SELECT client, id, phase, content, state, attempt, lease_ms, reserved, expires_ms, claims, is_under_review, result
FROM ids WHERE (client, id) IN (:rows(text, text)) ORDER BY client, id FOR UPDATE
"""

PUT_ENTRIES = """
INSERT INTO ids (client, id, phase, content, state, attempt, lease_ms, reserved, expires_ms, claims, is_under_review,
    result)
:rows(text, text, text, text, text, number, number, number, number, number, number, bytes)
ON CONFLICT (client, id) DO UPDATE SET phase = excluded.phase, content = excluded.content,
    state = excluded.state, attempt = excluded.attempt, lease_ms = excluded.lease_ms, reserved = excluded.reserved,
    expires_ms = excluded.expires_ms, claims = excluded.claims, is_under_review = excluded.is_under_review,
    result = excluded.result
"""

NEW_RESOURCES = "INSERT INTO resources (kind, key, fact) :rows(text, text, text) ON CONFLICT DO NOTHING"

LOCK_RESOURCES = """
SELECT kind, key, fact FROM resources WHERE (kind, key) IN (:rows(text, text)) ORDER BY kind, key FOR UPDATE
"""

PUT_FACTS = """
INSERT INTO resources (kind, key, fact) :rows(text, text, text)
ON CONFLICT (kind, key) DO UPDATE SET fact = excluded.fact
"""

CLAIMS_OF_IDS = """
SELECT kind, key, client, id, at_ms, expires_ms, version, amounts FROM claims
WHERE (client, id) IN (:rows(text, text)) ORDER BY kind, key, client, id
"""

CLAIMS_ON_RESOURCES = """
SELECT kind, key, client, id, at_ms, expires_ms, version, amounts FROM claims
WHERE (kind, key) IN (:rows(text, text)) ORDER BY at_ms, client, id
"""

PUT_CLAIMS = """
INSERT INTO claims (kind, key, client, id, at_ms, expires_ms, version, amounts)
:rows(text, text, text, text, number, number, text, text)
ON CONFLICT (kind, key, client, id) DO UPDATE SET at_ms = excluded.at_ms, expires_ms = excluded.expires_ms,
    version = excluded.version, amounts = excluded.amounts
"""

DROP_CLAIMS = "DELETE FROM claims WHERE (kind, key, client, id) IN (:rows(text, text, text, text))"

APPLIED = "SELECT number, name, digest, applied_ms FROM aethel_schema ORDER BY number"

RECORD_APPLIED = "INSERT INTO aethel_schema (number, name, digest, applied_ms) VALUES (?, ?, ?, ?)"
