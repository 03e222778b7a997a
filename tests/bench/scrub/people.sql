-- SPDX-FileCopyrightText: 2026 ipai.odoo contributors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Who person number n is: each function is pure, so that whoever writes about n needs no look at a table, and the same
-- n is the same person on each server. Every tenth is a company. Half live in Chile, half in the Philippines.
DROP SCHEMA IF EXISTS bench CASCADE;
CREATE SCHEMA bench;

CREATE FUNCTION bench.roll(n bigint, salt int, below int) RETURNS int IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT ((hashint8extended(n, salt) & 9223372036854775807) % below)::int $$;

CREATE FUNCTION bench.pick(words text[], n bigint, salt int) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT words[1 + bench.roll(n, salt, cardinality(words))] $$;

CREATE FUNCTION bench.syllable(n bigint, salt int) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT bench.pick('{ba,be,bo,ca,ce,co,da,de,di,do,fa,fe,ga,go,gu,ja,jo,la,le,li,lo,lu,ma,me,mi,mo,na,ne,ni,no,ña,pa,
pe,po,qui,ra,re,ri,ro,sa,se,si,so,ta,te,ti,to,tu,va,ve,vi,ya,ye,za,zo,lán,mén,rín,sól,bal,cas,der,fer,gon,her,mar,nel,
per,ros,san,tor,ver}'::text[], n, salt) $$;

CREATE FUNCTION bench.word(n bigint, salt int) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT initcap(bench.syllable(n, salt) || bench.syllable(n, salt + 1) || bench.syllable(n, salt + 2)
    || CASE WHEN bench.roll(n, salt, 3) = 0 THEN bench.syllable(n, salt + 3) ELSE '' END) $$;

CREATE FUNCTION bench.plain(name text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT translate(lower(name), 'áéíóúñ .&', 'aeioun') $$;

-- Frequent names are frequent: 900 given names, 20,000 surnames.
CREATE FUNCTION bench.given(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT bench.word(bench.roll(n, 1, 900), 100) $$;

CREATE FUNCTION bench.surname(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT bench.word(bench.roll(n, 2, 20000), 200) $$;

CREATE FUNCTION bench.company(n bigint) RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT n % 10 = 0 $$;

CREATE FUNCTION bench.chile(n bigint) RETURNS boolean IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT bench.roll(n, 3, 2) = 0 $$;

CREATE FUNCTION bench.name(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT CASE WHEN bench.company(n)
    THEN bench.surname(n) || ' ' || bench.word(n, 300) || bench.pick('{ SpA, Ltda., & Hijos, Trading, Holdings, Corp.}', n, 4)
    ELSE bench.given(n) || ' ' || bench.surname(n) || ' ' || bench.word(bench.roll(n, 5, 20000), 200) END $$;

CREATE FUNCTION bench.email(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT CASE WHEN bench.company(n) THEN 'ventas' ELSE bench.plain(bench.given(n)) || '.' || bench.plain(bench.surname(n)) END
    || n || '@' || bench.plain(bench.word(bench.roll(n, 6, 400), 400))
    || CASE WHEN bench.chile(n) THEN '.cl.test' ELSE '.com.ph.test' END $$;

CREATE FUNCTION bench.phone(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT CASE WHEN bench.chile(n)
    THEN format('+56 9 %s %s', 5000 + bench.roll(n, 7, 4900), lpad(bench.roll(n, 8, 10000)::text, 4, '0'))
    ELSE format('+63 9%s %s %s', 15 + bench.roll(n, 7, 15), 100 + bench.roll(n, 8, 900),
        lpad(bench.roll(n, 9, 10000)::text, 4, '0')) END $$;

CREATE FUNCTION bench.digits(value text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT translate(value, ' -.()', '') $$;

-- RUT: the digits from the right times 2, 3, … 7, 2, …; eleven less the remainder of eleven.
CREATE FUNCTION bench.rut(body int) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT body || '-' || (ARRAY['0', 'K', '9', '8', '7', '6', '5', '4', '3', '2', '1'])[1 + (body % 10 * 2
    + body / 10 % 10 * 3 + body / 100 % 10 * 4 + body / 1000 % 10 * 5 + body / 10000 % 10 * 6
    + body / 100000 % 10 * 7 + body / 1000000 % 10 * 2 + body / 10000000 % 10 * 3) % 11] $$;

-- TIN of the Philippines: nine digits and a branch; nobody has published a check digit.
CREATE FUNCTION bench.vat(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT CASE WHEN bench.chile(n)
    THEN bench.rut((CASE WHEN bench.company(n) THEN 76000000 ELSE 5000000 END) + bench.roll(n, 10, 20000000))
    ELSE format('%s-%s-%s-00000', 100 + bench.roll(n, 10, 900), 100 + bench.roll(n, 11, 900), 100 + bench.roll(n, 12, 900))
    END $$;

CREATE FUNCTION bench.street(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT CASE WHEN bench.chile(n) THEN format('Av. %s %s', bench.word(n, 500), 100 + bench.roll(n, 13, 9000))
    ELSE format('%s %s St., Brgy. %s', 1 + bench.roll(n, 13, 999), bench.word(n, 500), bench.word(n, 510)) END $$;

CREATE FUNCTION bench.city(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT CASE WHEN bench.chile(n) THEN bench.pick('{Santiago,Valparaíso,Concepción,La Serena,Temuco}', n, 14)
    ELSE bench.pick('{Quezon City,Makati,Cebu City,Davao City,Baguio}', n, 14) END $$;

-- A third have an IBAN with its check digits, the others a number of their own bank.
CREATE FUNCTION bench.account(n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT CASE WHEN n % 3 = 0 THEN (SELECT format('DE%s %s %s %s %s %s', check_digits, substr(b, 1, 4), substr(b, 5, 4),
        substr(b, 9, 4), substr(b, 13, 4), substr(b, 17))
        FROM (SELECT b, lpad((98 - (b || '131400')::numeric % 97)::text, 2, '0') AS check_digits
            FROM (SELECT (10000000 + bench.roll(n, 15, 80000000))::text
                || lpad(bench.roll(n, 16, 2000000000)::text, 10, '0') AS b) AS bank) AS iban)
    ELSE format('%s-%s-%s', lpad(bench.roll(n, 15, 10000)::text, 4, '0'), lpad(bench.roll(n, 16, 1000000)::text, 6, '0'),
        lpad(bench.roll(n, 17, 100)::text, 2, '0')) END $$;

CREATE FUNCTION bench.time(n bigint) RETURNS timestamp IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT timestamp '2023-11-20' + n * interval '67 seconds' $$;

CREATE FUNCTION bench.secret(what text, n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT 'k' || md5(what || n) $$;

-- Some words about nobody.
CREATE FUNCTION bench.says(n bigint, salt int) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT bench.pick('{"thank you for the quick answer, we have read the quotation and agree with the terms",
"se adjunta la orden de compra con las cantidades que conversamos la semana pasada","the delivery came one pallet short",
"please send the invoice for the second half of the order when the goods have left the warehouse",
"quedamos atentos a la confirmación de la fecha de despacho","could you have a look at the attached drawing before Friday",
"the meeting is moved to Thursday at ten, same room","el pago se realizó ayer por transferencia, favor confirmar recepción",
"two of the chairs arrived with scratches and we would like to have them replaced","the discount of 5 % still holds",
"we have no objections and look forward to working with you","revisaremos el contrato y les respondemos a la brevedad",
"the printer on the second floor has been repaired","kindly confirm the unit price for quantities above two hundred",
"as discussed on the phone the project starts in the first week of the next quarter","favor no considerar el correo anterior",
"attached is the updated list of materials with the changes in red","the certificate will follow by courier"}'::text[],
n, salt) || '. ' $$;

-- What is written to n about p: names, addresses and numbers in the middle of prose, as in life; some in other spellings.
CREATE FUNCTION bench.letter(n bigint, p bigint, q bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql AS
$$ SELECT format('<div data-oe-version="2.0"><p style="margin: 0px;">%s %s,</p><p>%s%s%s</p><p>%s%s%s%s</p>'
    '<p>--<br>%s<br><a href="mailto:%s">%s</a> | %s</p></div>',
    bench.pick('{Dear,Hola,Estimada/o,Hi,Good day}', n, 20), bench.name(p), bench.says(n, 21), bench.says(n, 22),
    bench.says(n, 23), bench.says(n, 24), CASE bench.roll(n, 25, 6)
        WHEN 0 THEN 'Call ' || bench.given(q) || ' at ' || bench.phone(q) || '. '
        WHEN 1 THEN 'RUT/TIN: ' || bench.vat(p) || '. '
        WHEN 2 THEN replace(bench.name(p), '&', '&amp;') || ', ' || bench.street(p) || ', ' || bench.city(p) || '. '
        WHEN 3 THEN '<a href="https://erp.example.test/web?email=' || replace(bench.email(p), '@', '%40') || '">link</a> '
        WHEN 4 THEN upper(bench.name(q)) || ' / ' || bench.digits(bench.phone(q)) || '. '
        ELSE '' END, bench.says(n, 26), bench.says(n, 27),
    replace(bench.name(q), '&', '&amp;'), bench.email(q), bench.email(q), bench.phone(q)) $$;
