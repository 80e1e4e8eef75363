"""A text that is one part of a machine's language is found by its form, and an ordinary text like it is not."""

from collections.abc import Callable, Iterator

import pytest

from aethel.security import code, directory, lines, markup, path, shell, sql, templates
from aethel.security.breakout import Breakout
from aethel.security.classes import Weakness

Check = Callable[[str], Iterator[Breakout]]

QUERIES = [
    ("Invoice 7 UNION ALL SELECT NULL,NULL", "Credit union select 5 items"),
    ("Invoice 7 AND 4604=4604", "Rooms 4 and 5"),
    ("Invoice 7) OR NOT 42=42#", "Paid or not (42)"),
    ("abc') AS q WHERE 9=9 AND 5=5", "the 'best' as of May where 2 go"),
    ("Invoice 7 AND 9=(SELECT 9 FROM PG_SLEEP(5))--", "Rent and (select 2 of 3)"),
    ("7,(CASE WHEN (1=1) THEN 1 ELSE NULL END)", "in case when the goods arrive then pay the end balance"),
    ("Invoice 7;DECLARE @x CHAR(9)", "Invoice 7; declare 9 boxes"),
    ("Invoice 7 RLIKE !SLEEP(5)#", "Invoice 7 and sleep (5) #"),
    ("ELT(5822=5822,3050)", "ELT (3050)"),
    ("(SELECT 3 FROM (SELECT(SLEEP(5)))q)", "(select one)"),
    ("select table_name from all_tables", "Select hotels from the list"),
    ("SELECT 1,2,version()", "Select 1, 2 or 3 nights"),
    ("@@version", "@@john thanks"),
    ("order by 5", "Order by 5 pm"),
    ("1 order by 10", "Order by 31"),
    ("' GROUP BY t.a, t.b HAVING 1=1 --", "group by size, colour"),
    ("exec xp_cmdshell", "exec summary"),
    ("from information_schema.tables", "from example.com"),
    ("show databases;", "show tables"),
    ("char(0x31)", "unit(31)"),
    ("||'6", "|| 6 boxes"),
    ("1 or true", "yes or true"),
    ("' or (exists)", "it is or (exists)"),
    ("' -- &x=", "the 'blue' -- 2nd"),
    ("1;--", "5#"),
    ("asc --", "asc"),
    ("' div 1#", "5' div 1"),
    ("like '%", "like 'new'"),
    ("SLEEP(5)#;", "item(2) #45"),
    ("insert into users (a, b)", "Insert into slot (left)"),
]
SHELL = [
    (";route print", "route print media"),
    ("|net localgroup administrators", "net use of proceeds"),
    ("net user", "Net user fee refund"),
    ("ifconfig", "Whoami festival tickets"),
    ("ifconfig eth0", "Powershell training 2 days"),
    ("nslookup x.example", "domain x.example 2 years"),
    ("netsh firewall set opmode disable", "netsh licence"),
    ("w'h'o'am'i", "rock 'n' roll"),
    ("wh$()oami", "US$(000)"),
    ("$(rev<<<'imaohw')", "<<<Important>>>"),
    ("{ls,-la}", "{rent,water}"),
    ("/bin/sh -c id", "/home improvement -10%"),
    ("id||", "id || passport"),
    ("reboot|", "Hours | time | date"),
    ("a;date", "ref;date"),
    ("|date", "| date | amount |"),
    ("';echo x", "the blue; echo"),
    ("a); id", "(a); identity"),
    ("1.2.3.4 | who", "Smith | who else"),
    ("';id#", "'id' #5"),
    ("echo x | rev | sh", "A | B | C"),
    ("reg query HKLM", "reg query about invoice"),
    ("kill -9 1", "kill 2 birds"),
    ("sleep 5", "sleep 5 nights"),
    ("export RHOST=1", "export fee"),
    (";$IFSwget", "; $5: wget"),
    (";calc\n", "calc\n"),
]
CODE = [
    ("$_GET['x']", "$_5 off"),
    ("echo md5(1);", "print job;"),
    ("globals()['os']", "(see)['a']"),
    ('system "id"', 'System "Alpha" fee'),
    ("java.lang.Runtime", "java.example"),
    ("response.write(9*9)", "response (9*9)"),
]
MARKUP = [
    ("&xxe;", "R&D; marketing"),
    ("<foo>&lol9;</foo>", "M&S; food &amp; more"),
    ("%remote; %trick;", "100%; 50% wool"),
    ("]]>", "a -> b"),
    ("<price>0</price>", "<enter price here>"),
    ("<foo/>", "<smith@example.com>"),
    ('<foo bar="1">', "a <foo> b"),
    ('#exec cmd="ls"', '#exec 5 "a"'),
]
DIRECTORY = [
    ("(objectclass=*)", "(rate = 5%)"),
    ("cn=*", "a = *"),
    ("|(uid=x)", "this | (that)"),
    ("*))", "5* (hotel)"),
    ("count(/child::node())", "count (5)"),
    ("//user[name='admin']", "//user [name]"),
    ("child::node()", "child: node"),
]
PATHS = [
    (".htaccess", ".5 hours"),
    ("boot.ini", "boot fee"),
    ("WEB-INF/web.xml", "web info/xml"),
    ("c:\\", "c: drive"),
    ("string.rot13", "string.quartet"),
]
LINES = [
    ("x\r\nDATA\r\nx", "x\nDATA dept"),
    ("x\r\nVRFY root", "x\r\nVerify root"),
]
TEMPLATES = [('<% eval request("a") %>', "<50 % of it %>")]
FORMS: list[tuple[Check, str, str]] = [
    (check, attack, ordinary)
    for check, pairs in (
        (sql.breakouts, QUERIES),
        (shell.breakouts, SHELL),
        (code.breakouts, CODE),
        (markup.breakouts, MARKUP),
        (directory.breakouts, DIRECTORY),
        (path.breakouts, PATHS),
        (lines.breakouts, LINES),
        (templates.breakouts, TEMPLATES),
    )
    for attack, ordinary in pairs
]


@pytest.mark.parametrize(("check", "attack", "ordinary"), FORMS, ids=[attack for _, attack, _ in FORMS])
def test_the_form_is_found_and_its_ordinary_look_alike_is_not(check: Check, attack: str, ordinary: str) -> None:
    assert list(check(attack))
    assert not list(check(ordinary))


@pytest.mark.parametrize("text", ["/\r\nheader:x", "x\nSubject:y", "\r\n\r\n<h1>", "/%\n0aa:b"])
def test_a_line_end_that_an_encoding_hid_is_found_before_any_field(text: str) -> None:
    assert [each.cwe for each in lines.encoded_breakouts(text)] == [Weakness.LINE_INJECTION]


@pytest.mark.parametrize("text", ["a: b", "x\nhttps://example.com", "x\n5: y", "x\ny"])
def test_a_line_that_starts_no_field_is_none_even_where_its_end_was_hidden(text: str) -> None:
    assert not list(lines.encoded_breakouts(text))
