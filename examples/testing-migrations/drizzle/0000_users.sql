CREATE TABLE "users" ("id" serial PRIMARY KEY, "name" text NOT NULL UNIQUE);
--> statement-breakpoint
INSERT INTO "users" ("name") VALUES ('Ada'), ('Grace');
