CREATE TABLE "broker"."state_home" (
	"only" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"kind" text NOT NULL,
	"moving_to" text
);
--> statement-breakpoint
CREATE TABLE "broker"."unfinished_attempts" (
	"stack" text PRIMARY KEY NOT NULL,
	"began_at" timestamp with time zone NOT NULL
);
