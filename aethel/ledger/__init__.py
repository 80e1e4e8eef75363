"""Guardian's exact financial checks: postings, account transactions, amounts, and what an intent conserves."""
