BEGIN TRANSACTION;
CREATE TABLE share (viewer INTEGER, owner INTEGER, PRIMARY KEY (viewer, owner)) WITHOUT ROWID;
INSERT INTO "share" VALUES(2,1);
CREATE INDEX share_owner ON share (owner);
COMMIT;
PRAGMA user_version = 1;
