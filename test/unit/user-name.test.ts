import { userInfo } from 'node:os';
import { userName } from '../../src/user-name';

test('the name of the user', () => {
  expect(userName()).toBe(userInfo().username);
});

test('a user id without a passwd entry is named by its number', () => {
  const unknown = () => {
    throw new Error('uv_os_get_passwd returned ENOENT');
  };
  expect(userName(unknown)).toBe(`uid:${process.getuid?.()}`);
});
