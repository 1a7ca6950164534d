ALTER TABLE {prefix}delivery_attempt DROP COLUMN IF EXISTS parts;
