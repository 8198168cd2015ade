/**
 * The tables of the gateway to GitHub: the outbox, what was read, the pauses that GitHub asked for, the notes that we wrote into pull
 * requests, and what was said once. The functions decide in one statement whether a request may be sent, under a lock for each
 * installation, so that all replicas count the same budget one after the other; and a replica that is stopped holds no lock while it is.
 * Windows slide: the write that leaves no room must have left the window. A read counts as made at the end of its five seconds.
 */
export const GATEWAY_TABLES = `
create table windlass_write (
  id bigint generated always as identity primary key,
  installation bigint not null,
  repository text not null,
  holder uuid,
  request text not null,
  at timestamptz not null default clock_timestamp(),
  done_at timestamptz,
  outcome text,
  status integer
);
create index windlass_write_at on windlass_write (installation, at);
create index windlass_write_open on windlass_write (repository) where done_at is null;
create table windlass_read (
  installation bigint not null,
  at timestamptz not null,
  reads integer not null,
  primary key (installation, at)
);
create table windlass_pause (
  installation bigint primary key,
  until timestamptz not null,
  strikes integer not null
);
create table windlass_note (
  repository text not null,
  number integer not null,
  generation integer not null,
  note text not null,
  title text,
  opened_at timestamptz,
  written_at timestamptz not null default now(),
  primary key (repository, number)
);
create table windlass_said (
  repository text not null,
  what text not null,
  begun_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (repository, what)
);

create function windlass_free(place bigint, cost integer, most_points integer) returns timestamptz language sql volatile as $$
  select greatest(
    (select until from windlass_pause where installation = place),
    (select max(at) + interval '1 minute' from (
      select at, sum(points) over (order by at desc) as total from (
        select at, 5 as points from windlass_write
          where installation = place and at > clock_timestamp() - interval '1 minute'
        union all select at, reads from windlass_read
          where installation = place and at > clock_timestamp() - interval '1 minute'
      ) as spent
    ) as sums where total > most_points - cost))
$$;

create function windlass_may_read(place bigint, most_points integer)
returns table (wait double precision) language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('windlass_write', place));
  wait := greatest(extract(epoch from windlass_free(place, 1, most_points) - clock_timestamp()), 0);
  if wait = 0 then
    insert into windlass_read values (place, date_bin('5 seconds', clock_timestamp(), 'epoch') + interval '5 seconds', 1)
      on conflict (installation, at) do update set reads = windlass_read.reads + 1;
  end if;
  return next;
end $$;

create function windlass_may_write(
  place bigint, repo text, mine uuid, what text,
  most_points integer, most_minute integer, most_hour integer, most_open integer, apart double precision
) returns table (held boolean, wait double precision, reserved bigint) language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('windlass_write', place));
  held := mine is null or exists (select 1 from windlass_attempt where repository = repo and holder = mine);
  if not held then
    return next;
    return;
  end if;
  update windlass_write set done_at = clock_timestamp(), outcome = 'unknown'
    where repository = repo and holder <> mine and done_at is null;
  wait := greatest(0, extract(epoch from greatest(
    windlass_free(place, 5, most_points),
    (select max(at) from windlass_write where installation = place) + make_interval(secs => apart),
    (select at + interval '1 minute' from windlass_write
       where installation = place order by at desc offset most_minute - 1 limit 1),
    (select at + interval '1 hour' from windlass_write
       where installation = place order by at desc offset most_hour - 1 limit 1),
    (select clock_timestamp() + interval '1 second' from windlass_write
       where installation = place and done_at is null and at > clock_timestamp() - interval '1 minute'
       having count(*) >= most_open)
  ) - clock_timestamp()));
  if wait = 0 then
    insert into windlass_write (installation, repository, holder, request) values (place, repo, mine, what)
      returning id into reserved;
  end if;
  return next;
end $$;`
