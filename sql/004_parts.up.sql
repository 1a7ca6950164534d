-- What an attempt has done of a delivery that is made in parts, such as a mail to each of two people: digests, separated by spaces.
-- Another attempt leaves it alone. Emptied when the whole is delivered.
ALTER TABLE {prefix}delivery_attempt ADD COLUMN IF NOT EXISTS parts VARCHAR(1000) NOT NULL DEFAULT '';
