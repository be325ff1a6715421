BEGIN TRANSACTION;
CREATE TABLE account (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        seq INTEGER NOT NULL,
        uidvalidity INTEGER NOT NULL,
        since INTEGER NOT NULL);
INSERT INTO "account" VALUES(1,10,1800000005,0);
CREATE TABLE acl (
        mailbox INTEGER NOT NULL,
        identifier TEXT NOT NULL,
        rights TEXT NOT NULL,
        PRIMARY KEY (mailbox, identifier)) WITHOUT ROWID;
CREATE TABLE annotation (
        mailbox INTEGER NOT NULL,
        viewer INTEGER NOT NULL,
        name TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (mailbox, viewer, name)) WITHOUT ROWID;
CREATE TABLE body (email INTEGER PRIMARY KEY, octets BLOB NOT NULL);
INSERT INTO "body" VALUES(1,X'5375626A6563743A20736D616C6C0D0A0D0A78');
INSERT INTO "body" VALUES(2,X'5375626A6563743A206F746865720D0A0D0A78');
CREATE TABLE change (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        mailbox INTEGER,
        uids TEXT NOT NULL DEFAULT '',
        emails BLOB NOT NULL DEFAULT x'',
        at REAL NOT NULL);
INSERT INTO "change" VALUES(1,'mailbox',1,'',X'',1800000000.0);
INSERT INTO "change" VALUES(2,'mailbox',2,'',X'',1800000000.0);
INSERT INTO "change" VALUES(3,'mailbox',3,'',X'',1800000000.0);
INSERT INTO "change" VALUES(4,'mailbox',4,'',X'',1800000000.0);
INSERT INTO "change" VALUES(5,'mailbox',5,'',X'',1800000000.0);
INSERT INTO "change" VALUES(6,'mailbox',6,'',X'',1800000000.0);
INSERT INTO "change" VALUES(7,'arrived',1,'1',X'0100000000000000',1800000000.0);
INSERT INTO "change" VALUES(8,'arrived',1,'2',X'0200000000000000',1800000000.0);
INSERT INTO "change" VALUES(9,'flags',1,'1',X'0100000000000000',1800000000.0);
INSERT INTO "change" VALUES(10,'expunged',1,'2',X'0200000000000000',1800000000.0);
CREATE TABLE delivered (
        token TEXT PRIMARY KEY,
        mailbox INTEGER NOT NULL,
        first_uid INTEGER NOT NULL,
        emails BLOB NOT NULL,
        seq INTEGER NOT NULL,
        at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE description (
        email INTEGER PRIMARY KEY,
        envelope BLOB NOT NULL,
        structure BLOB NOT NULL,
        preview TEXT NOT NULL);
CREATE TABLE email (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        thread INTEGER NOT NULL,
        size INTEGER NOT NULL,
        received REAL NOT NULL,
        created INTEGER NOT NULL,
        gone INTEGER,
        file TEXT,
        summary INTEGER,
        sent REAL,
        zone INTEGER,
        attached INTEGER,
        key_subject TEXT,
        key_sender TEXT,
        key_to TEXT,
        key_cc TEXT,
        key_display_from TEXT,
        key_display_to TEXT,
        link_own INTEGER,
        link_answers INTEGER,
        link_references BLOB);
INSERT INTO "email" VALUES(1,1,19,1800000000.0,7,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "email" VALUES(2,2,19,1800000000.0,8,10,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE entry (
        mailbox INTEGER NOT NULL,
        uid INTEGER NOT NULL,
        email INTEGER NOT NULL,
        modseq INTEGER NOT NULL,
        mark INTEGER NOT NULL,
        saved REAL NOT NULL,
        PRIMARY KEY (mailbox, uid)) WITHOUT ROWID;
INSERT INTO "entry" VALUES(1,1,1,9,33,1800000000.0);
CREATE TABLE keyword_set (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
INSERT INTO "keyword_set" VALUES(1,'["$Forwarded"]');
CREATE TABLE mailbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        parent INTEGER NOT NULL,
        name TEXT NOT NULL,
        uidvalidity INTEGER NOT NULL,
        uidnext INTEGER NOT NULL DEFAULT 1,
        modseq INTEGER NOT NULL,
        created INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        messages INTEGER NOT NULL DEFAULT 0,
        unseen INTEGER NOT NULL DEFAULT 0,
        deleted INTEGER NOT NULL DEFAULT 0,
        size INTEGER NOT NULL DEFAULT 0,
        first_recent INTEGER NOT NULL DEFAULT 1,
        special_use TEXT,
        selectable INTEGER NOT NULL DEFAULT 1,
        sort_order INTEGER NOT NULL DEFAULT 0,
        expire_after REAL,
        UNIQUE (parent, name));
INSERT INTO "mailbox" VALUES(1,0,'INBOX',1800000000,3,10,1,1,1,0,0,19,1,NULL,1,0,NULL);
INSERT INTO "mailbox" VALUES(2,0,'Drafts',1800000001,1,2,2,2,0,0,0,0,1,'\Drafts',1,0,NULL);
INSERT INTO "mailbox" VALUES(3,0,'Sent',1800000002,1,3,3,3,0,0,0,0,1,'\Sent',1,0,NULL);
INSERT INTO "mailbox" VALUES(4,0,'Archive',1800000003,1,4,4,4,0,0,0,0,1,'\Archive',1,0,NULL);
INSERT INTO "mailbox" VALUES(5,0,'Junk',1800000004,1,5,5,5,0,0,0,0,1,'\Junk',1,0,NULL);
INSERT INTO "mailbox" VALUES(6,0,'Trash',1800000005,1,6,6,6,0,0,0,0,1,'\Trash',1,0,NULL);
CREATE TABLE quota (resource TEXT PRIMARY KEY, most INTEGER) WITHOUT ROWID;
CREATE TABLE subscription (name TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO "subscription" VALUES('Archive');
INSERT INTO "subscription" VALUES('Drafts');
INSERT INTO "subscription" VALUES('INBOX');
INSERT INTO "subscription" VALUES('Junk');
INSERT INTO "subscription" VALUES('Sent');
INSERT INTO "subscription" VALUES('Trash');
CREATE TABLE thread_link (
        link INTEGER NOT NULL,
        subject INTEGER NOT NULL,
        thread INTEGER NOT NULL,
        PRIMARY KEY (link, subject)) WITHOUT ROWID;
CREATE UNIQUE INDEX mailbox_use ON mailbox (special_use) WHERE special_use IS NOT NULL;
CREATE INDEX email_gone ON email (gone) WHERE gone IS NOT NULL;
CREATE INDEX email_thread ON email (thread);
CREATE INDEX entry_email ON entry (email);
CREATE INDEX change_mailbox ON change (mailbox, seq);
CREATE INDEX thread_link_thread ON thread_link (thread);
CREATE INDEX delivered_at ON delivered (at);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('mailbox',6);
INSERT INTO "sqlite_sequence" VALUES('email',2);
COMMIT;
PRAGMA user_version = 1;
