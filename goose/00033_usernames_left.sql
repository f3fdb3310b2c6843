-- Each username that an account leaves is lost to everybody else for good. How many one may leave is bounded, so that they
-- are counted by account.

-- +goose Up
CREATE INDEX retired_usernames_by_user ON retired_usernames (user_id);
