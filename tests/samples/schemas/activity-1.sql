BEGIN TRANSACTION;
CREATE TABLE login (
                id INTEGER PRIMARY KEY,
                first REAL NOT NULL,
                last REAL NOT NULL,
                count INTEGER NOT NULL,
                account INTEGER,
                name TEXT NOT NULL,
                service TEXT NOT NULL,
                mechanism TEXT NOT NULL,
                client TEXT NOT NULL,
                tls TEXT NOT NULL,
                result TEXT NOT NULL);
INSERT INTO "login" VALUES(1,1800000000.0,1800000000.0,1,1,'admin@home.example','smtp','PLAIN','192.0.2.1','','');
CREATE TABLE place (
                account INTEGER NOT NULL,
                network TEXT NOT NULL,
                last INTEGER NOT NULL,
                changed INTEGER NOT NULL,
                PRIMARY KEY (account, network)) WITHOUT ROWID;
CREATE TABLE tally (
                kind INTEGER NOT NULL,
                key TEXT NOT NULL,
                start INTEGER NOT NULL,
                one INTEGER NOT NULL,
                two INTEGER NOT NULL,
                changed INTEGER NOT NULL,
                PRIMARY KEY (kind, key, start)) WITHOUT ROWID;
CREATE TABLE turn (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL);
INSERT INTO "turn" VALUES(1,0);
CREATE TABLE used (
                credential INTEGER PRIMARY KEY,
                account INTEGER NOT NULL,
                at REAL NOT NULL,
                client TEXT NOT NULL);
CREATE INDEX login_last ON login (last);
CREATE INDEX login_account ON login (account, last);
CREATE INDEX used_account ON used (account);
CREATE INDEX place_changed ON place (changed);
CREATE INDEX tally_changed ON tally (changed);
COMMIT;
PRAGMA user_version = 1;
