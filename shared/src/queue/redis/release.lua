-- KEYS: ready for everybody, lease, job. ARGV: id, token. Puts a job that nobody began in front of all that wait.
if redis.call('hget', KEYS[3], 'token') == ARGV[2] then
  redis.call('zrem', KEYS[2], ARGV[1])
  redis.call('hdel', KEYS[3], 'token', 'again')
  redis.call('zadd', redis.call('hget', KEYS[3], 'ready') or KEYS[1], 0, ARGV[1])
end
return 1
