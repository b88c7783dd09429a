CREATE SCHEMA "state_backend";
--> statement-breakpoint
CREATE TABLE "state_backend"."grants" (
	"password_hash" text PRIMARY KEY NOT NULL,
	"stack" text NOT NULL,
	"attempt" text NOT NULL,
	"access" text NOT NULL,
	"holder" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "state_backend"."key_checks" (
	"key_id" text PRIMARY KEY NOT NULL,
	"sealed" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "state_backend"."stacks" (
	"name" text PRIMARY KEY NOT NULL,
	"version" integer,
	"lineage" text,
	"serial" bigint,
	"last_version" integer DEFAULT 0 NOT NULL,
	"lock_id" text,
	"lock_info" jsonb,
	"lock_holder" text,
	"lock_grant" text
);
--> statement-breakpoint
CREATE TABLE "state_backend"."versions" (
	"stack" text NOT NULL,
	"version" integer NOT NULL,
	"lineage" text NOT NULL,
	"serial" bigint NOT NULL,
	"size" integer NOT NULL,
	"writer" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"key_id" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	CONSTRAINT "versions_stack_version_pk" PRIMARY KEY("stack","version")
);
--> statement-breakpoint
ALTER TABLE "state_backend"."versions" ADD CONSTRAINT "versions_stack_stacks_name_fk" FOREIGN KEY ("stack") REFERENCES "state_backend"."stacks"("name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "grants_stack_index" ON "state_backend"."grants" USING btree ("stack");--> statement-breakpoint
CREATE INDEX "grants_attempt_index" ON "state_backend"."grants" USING btree ("attempt");--> statement-breakpoint
CREATE INDEX "versions_key_id_index" ON "state_backend"."versions" USING btree ("key_id");