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

NEW_RECORDS = """
INSERT INTO audit_records (writer, sequence, previous, at_ms, kind, client, id, outcome, digest, hash, payload)
:rows(text, number, bytes, number, text, text, text, text, bytes, bytes, bytes)
"""

NEW_ROOTS = """
INSERT INTO audit_roots (writer, batch, first, size, tree, head, number, seen, hash)
:rows(text, number, number, number, bytes, bytes, number, bytes, bytes)
"""

AUDIT_PLACE = """
SELECT * FROM (SELECT 1 AS own, batch, first + size - 1 AS last, head, number, hash FROM audit_roots
    WHERE writer = ? ORDER BY batch DESC LIMIT 1) AS mine
UNION ALL
SELECT * FROM (SELECT 0 AS own, batch, first + size - 1 AS last, head, number, hash FROM audit_roots
    ORDER BY number DESC, hash LIMIT 1) AS newest
"""

_RECORD = (
    "SELECT writer, sequence, previous, at_ms, kind, client, id, outcome, digest, hash, payload FROM audit_records "
)

RECORDS_OF_WRITER = _RECORD + "WHERE writer = ? AND sequence BETWEEN ? AND ? ORDER BY sequence"

RECORDS_OF_ID = _RECORD + "WHERE id = ? ORDER BY at_ms DESC, writer, sequence DESC LIMIT ?"

NEWEST_RECORDS = _RECORD + "ORDER BY at_ms DESC, writer, sequence DESC LIMIT ?"

ERASING_RECORDS = _RECORD + "WHERE kind IN ('EXPIRE', 'REDACT') ORDER BY writer, sequence"

RECORDS_AFTER = _RECORD + "WHERE (writer, sequence) > (?, ?) AND kind = 'DECISION' ORDER BY writer, sequence LIMIT ?"

_ROOT = "SELECT writer, batch, first, size, tree, head, number, seen, hash FROM audit_roots "

ROOTS_OF_WRITER = _ROOT + "WHERE writer = ? AND batch > ? ORDER BY batch LIMIT ?"

ROOT_OF_RECORD = _ROOT + "WHERE writer = ? AND first <= ? AND first + size > ? LIMIT 1"

ROOT_BY_HASH = _ROOT + "WHERE hash = ? LIMIT 1"

LAST_ROOTS = """
SELECT writer, batch, first, size, tree, head, number, seen, hash FROM audit_roots AS one
WHERE batch = (SELECT max(batch) FROM audit_roots WHERE writer = one.writer) ORDER BY number
"""

AUDIT_WRITERS = """
SELECT writer FROM audit_roots UNION SELECT writer FROM audit_records ORDER BY writer
"""

UNSEALED_RECORDS = """
SELECT writer, min(sequence), max(sequence), count(*) FROM audit_records AS record
WHERE sequence > (SELECT coalesce(max(first + size - 1), 0) FROM audit_roots WHERE writer = record.writer)
GROUP BY writer ORDER BY writer
"""

UNKNOWN_SEEN = """
SELECT one.writer, one.batch, one.first, one.first + one.size - 1 FROM audit_roots AS one
LEFT JOIN audit_roots AS other ON other.hash = one.seen
WHERE (length(one.seen) > 0 OR one.number <> 1) AND (other.hash IS NULL OR other.number <> one.number - 1)
ORDER BY one.number LIMIT ?
"""

EXPIRING_PAYLOADS = """
SELECT writer, sequence FROM audit_records WHERE at_ms < ? AND payload IS NOT NULL AND kind NOT IN ('EXPIRE', 'REDACT')
ORDER BY at_ms LIMIT ?
"""

ERASE_PAYLOADS = "UPDATE audit_records SET payload = NULL WHERE (writer, sequence) IN (:rows(text, number))"
