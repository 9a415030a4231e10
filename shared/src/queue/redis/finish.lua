-- KEYS: ready for everybody, lease, job. ARGV: id, token. Answers 0 when the job is another's, 1 when it is gone, 2 when it waits again.
if redis.call('hget', KEYS[3], 'token') ~= ARGV[2] then
  return 0
end
redis.call('zrem', KEYS[2], ARGV[1])
if redis.call('hexists', KEYS[3], 'again') == 0 then
  redis.call('del', KEYS[3])
  return 1
end
local time = redis.call('time')
local ready = redis.call('hget', KEYS[3], 'ready') or KEYS[1]
redis.call('hdel', KEYS[3], 'token', 'again')
redis.call('zadd', ready, time[1] * 1000000 + time[2], ARGV[1])
return 2
