"""S09: a value that leaves its literal is found by the query behind it, and no ordinary text is taken for one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aethel.security import nosql, sql
from aethel.security.classes import Weakness
from aethel.security.query_tokens import Kind, Reader, Tokens

PROSE = """O'Brien & Søn
't Hooft
D'Or 1=1 Ltd
rock 'n' roll
black 'or' white
'and' Partners
Drop Table Ltd
SELECT Interiors
Smith; Sons
Johnson & Johnson -- invoice 42
O'Brien & Søn — invoice #42 (50% off)
Union Select Committee
Students' Union Select Committee
Writers' and Artists' Fund
Writers' or Artists' Fund
Boys' -- 2nd payment
24" # 5 pieces
12" = 30 cm
5' 11" = 180 cm
6" and 8" pipe (steel)
the 'Red' and 'Blue' rooms
"Alpha" or "Omega"
He said "yes" and 'no'
rent and water = 500
parent(s) or guardian(s)
Invoice 5 or 6 -- may
Order by phone
Create Table Design Ltd
Grant & Stone; Revoke Ltd
Delete from list; thanks
Select 2 from menu
Smith; Exec Assistant
Dinner; return 5 tickets
Print "menu" cards
Call me (urgent)
R$ 50: rent
cost, $US: 5
$5: rent
https://example.com/?a=1&b=2#top
l'été d'un côté
Best of '69 - '72
f(x) = y
when select() is called"""

SQL = """' or 1=1--
admin") or ("1"="1
admin'--
admin" #
x'/*
1 or 1=1
 OR x=x#
hi or 1=1 --"
') or ('a'='a
' or username like '%
' or 'text' > 't'
'or'1=1
'-'
' or true--
' and a='a
1;WAITFOR DELAY '0:0:5'--
' waitfor delay '0:0:20' --
1; DROP TABLE users
'; DROP TABLE users; --
'; shutdown --
; exec master..xp_cmdshell 'dir'
'; execute immediate 'sel' || 'ect'
'; begin declare @a int
declare @q nvarchar (200)
update accounts set balance = 0
create table t (a text);
select @@version
select current_setting('port');
select name from users where id = 1
' union select null,version()--
-1 union all select 1,2,group_concat(a) from t--
' UNION SELECT sum(a) from users--
' and extractvalue(1,concat(0x7e,(select version())))--
' and (select 1 from dual)=1--
1 and ascii(substr((select user from dual),1,1))>64
' || pg_sleep(10)--
'+(select top 1 name from sysobjects)+'
1) or sleep(5)#
 or sleep(5)=
SLEEP(5)--
 RLIKE SLEEP(5)
1' order by 5--
 ORDER BY 1,SLEEP(5)
 HAVING 1=1
' group by a having 1=1--
1 PROCEDURE ANALYSE(EXTRACTVALUE(5,1),1)
 AS x WHERE 1=1
',NULL) waitfor delay '0:0:20' --
admin'/**/or/**/1=1#
uni/**/on sel/**/ect
1'/*!50000union*/ /*!50000select*/ 1,2--
a'
 or 1=1
x' or 1=1 -- a
'; copy t to program 'id'--
x' AND m.email IS NULL; --
' || 1==1//
';return true;var x='
' && this.password.match(/.*/)//
db.users.insert({a:1});"""

STORES = """{"$gt": ""}
{$ne: 1}
{"a": {"$regex": "^m"}}
[$ne]=1
name[$gt]=
true, $where: '1 == 1'
', $or: [ {}, { 'a':'a
' } ], $comment:'x'"""


@pytest.mark.parametrize("text", PROSE.split("\n"))
def test_ordinary_text_changes_no_query(text: str) -> None:
    assert list(sql.breakouts(text)) == []
    assert list(nosql.breakouts(text)) == []


@pytest.mark.parametrize("text", [each for each in SQL.split("\n") if each != "a'"])
def test_a_text_that_goes_on_as_a_query_is_found(text: str) -> None:
    (found,) = sql.breakouts(text)
    assert 0 <= found.start < found.end <= len(text)
    assert found.cwe == Weakness.SQL_INJECTION


@pytest.mark.parametrize("text", STORES.split("\n"))
def test_an_operator_of_a_document_store_is_found(text: str) -> None:
    (found,) = nosql.breakouts(text)
    assert "$" in text[found.start : found.end]
    assert found.cwe == Weakness.QUERY_LOGIC


def test_what_is_found_begins_with_the_mark_that_ends_the_literal() -> None:
    (found,) = sql.breakouts("O'Brien's' or 1=1--")
    assert (found.start, found.end) == (9, 19)


def test_a_comment_on_an_earlier_line_hides_nothing() -> None:
    assert list(sql.breakouts("x' -- hidden\n or 1=1"))


@pytest.mark.parametrize("mark", ["'", '"', "`"])
def test_a_doubled_mark_and_an_escaped_one_do_not_end_a_quotation(mark: str) -> None:
    token = Tokens(Reader(f"{mark}a{mark}{mark}b\\{mark}c{mark} d"))[0]
    assert token.kind is Kind.STRING
    assert token.text == f"a{mark}{mark}b\\{mark}c"


def test_tokens_cover_a_text_in_order() -> None:
    tokens = Tokens(Reader("a <= 1.5e3 @@b ('c' /* d */ --e"))
    kinds = [tokens[index].kind for index in range(8)]
    assert kinds == [
        Kind.WORD, Kind.OPERATOR, Kind.NUMBER, Kind.VARIABLE, Kind.OPEN, Kind.STRING, Kind.TAIL, Kind.END,
    ]  # fmt: skip


_FRAGMENTS = st.sampled_from([
    "'", '"', "`", " or ", "1", "=", "--", "#", "/*", "*/", "(", ")", ";", "select ", "union ", "a", "$ne", "{", ":",
    "[", "]", ",", "||", "\\", "\n", "\0", "é", "\ud800", "@@v", "from ", "sleep(", "order by ", "waitfor delay ",
])  # fmt: skip
_HOSTILE = st.lists(_FRAGMENTS, max_size=60).map("".join) | st.text(string.printable, max_size=80)


@given(_HOSTILE)
def test_no_text_makes_a_check_fail(text: str) -> None:
    for found in (*sql.breakouts(text), *nosql.breakouts(text)):
        assert 0 <= found.start <= found.end <= len(text)


REPEATED = ("O'Brien & Søn ", "' or x, ", "'", "a'||b", "'a', ", "(", "' union select a,b from ((", "'/**/", "'--\n")


@pytest.mark.parametrize("part", REPEATED)
def test_ten_times_the_text_is_at_most_twelve_times_the_work(part: str) -> None:
    few, many = (sql.examine(part * count).work for count in (200, 2_000))
    assert many <= 12 * few
    assert many <= (sql.WORK_PER_CHARACTER + 1) * 2_000 * len(part)


def test_a_list_of_quoted_names_is_ordinary_however_long() -> None:
    assert sql.examine(", ".join(f"'item {number}'" for number in range(300))).breakout is None


def test_a_text_that_could_go_on_in_too_many_ways_is_refused() -> None:
    (found,) = sql.breakouts("'" * 4_000)
    assert "more ways" in found.what
